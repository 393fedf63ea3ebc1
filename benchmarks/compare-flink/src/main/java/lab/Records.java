package lab;

/**
 * The records of the pipelines, by their number: the same as in pipeline-records.ts, by arithmetic of 32 bits that both languages have.
 * Strings come out of tables, so that a source costs little.
 */
final class Records {
    static final int WORDS = 100_000, KEYS = 10_000;
    static final long T0 = 1_700_000_000_000L;
    /** Records of a millisecond of event time: of the tumbling count, and of all other windows. */
    static final int DENSE = 100, SPARSE = 10;
    static final String[] WORD = new String[WORDS], EXTRA = new String[1024], NAME = new String[1024];
    static final String[] CHANNEL = {"Google", "Facebook", "Baidu", "Apple"};

    static {
        for (int i = 0; i < WORDS; i++) WORD[i] = "word-" + i;
        for (int i = 0; i < 1024; i++) { EXTRA[i] = "extra-payload-" + i; NAME[i] = "name-" + i; }
    }

    private Records() {}

    /** Murmur3's end: a hash of the number, another one for each salt. */
    static int mix(long i, int salt) {
        int h = (int) i + salt * 0x9E3779B1;
        h = (h ^ h >>> 16) * 0x85EBCA6B;
        h = (h ^ h >>> 13) * 0xC2B2AE35;
        return h ^ h >>> 16;
    }

    /** Uniform in [0, bound). */
    static int below(int hash, int bound) { return (int) ((hash & 0xFFFFFFFFL) * bound >>> 32); }

    static int wordOf(long i) { return below(mix(i, 0), WORDS); }

    /** First each key once, in no order, then any of them; how many is a power of ten up to 10^7. */
    static long keyOfMany(long i, int keys) {
        return i < keys ? i * 7_654_321L % keys : Integer.remainderUnsigned(mix(i, 0), keys);
    }

    public static class Keyed {
        public long key, time;

        public Keyed() {}

        Keyed(long i, int perMs) { key = below(mix(i, 0), KEYS); time = T0 + i / perMs; }
    }

    /** Half of the bids go to the hot auction of the last hundred, half to any of these. */
    public static class Bid {
        public long auction, bidder, price, dateTime;
        public String channel, extra;

        public Bid() {}

        Bid(long i) {
            int h = mix(i, 1);
            long last = 1000 + i * 3 / 46, person = 1000 + i / 46;
            auction = (h & 1) == 0 ? last - last % 100 : last - below(mix(i, 2), 100);
            bidder = (h & 2) == 0 ? person - person % 100 : person - below(mix(i, 3), 1000);
            price = (1024L + below(mix(i, 4), 1024)) << (h >>> 4 & 15);
            dateTime = T0 + i / SPARSE;
            channel = CHANNEL[h >>> 8 & 3];
            extra = EXTRA[h >>> 12 & 1023];
        }
    }

    /** A person, then three auctions of one of the last thousand persons. */
    public static class Event {
        public int kind;
        public long id, seller, dateTime, initialBid;
        public String name, city;

        public Event() {}

        Event(long i) {
            int h = mix(i, 1);
            long person = i / 4;
            kind = i % 4 == 0 ? 0 : 1;
            id = kind == 0 ? person : i;
            seller = kind == 0 ? 0 : Math.max(0, person - below(mix(i, 2), 1000));
            dateTime = T0 + i / SPARSE;
            initialBid = h >>> 12;
            name = NAME[h & 1023];
            city = CHANNEL[h >>> 10 & 3];
        }
    }
}
