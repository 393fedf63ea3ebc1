import type { Auction, Bid, NexmarkEvent } from '../generator/nexmark-events.ts';
import { auctionsOf, bidsOf } from './model-events.ts';

export interface ExpandedBid {
  readonly auction: number;
  readonly bidder: number;
  readonly price: number;
  readonly channel: string;
  readonly url: string;
  readonly bidDateTime: number;
  readonly bidExtra: string;
  readonly itemName: string;
  readonly description: string;
  readonly initialBid: number;
  readonly reserve: number;
  readonly auctionDateTime: number;
  readonly expires: number;
  readonly seller: number;
  readonly category: number;
  readonly auctionExtra: string;
}

export function* expandBids(events: Iterable<NexmarkEvent>): Iterable<ExpandedBid> {
  const all = [...events];
  const auctions = new Map<number, Auction>();
  for (const auction of auctionsOf(all)) {
    auctions.set(auction.id, auction);
  }
  for (const bid of bidsOf(all)) {
    const auction = auctions.get(bid.auction);
    if (auction?.category === 10) {
      yield expanded(bid, auction);
    }
  }
}

function expanded(bid: Bid, auction: Auction): ExpandedBid {
  const { dateTime: bidDateTime, extra: bidExtra, ...restOfBid } = bid;
  const { id: _, dateTime: auctionDateTime, extra: auctionExtra, ...restOfAuction } = auction;
  return {
    ...restOfBid,
    ...restOfAuction,
    bidDateTime,
    bidExtra,
    auctionDateTime,
    auctionExtra,
  };
}
