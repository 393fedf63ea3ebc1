/** In which order keys are accessed: made once, so that all sides access the same ones. */
import { SeededRandom } from '@millrace/testing';

export type Distribution = 'uniform' | 'zipf';

/** Of YCSB. */
export const ZIPF_EXPONENT = 0.99;

/** `length` keys of `[0, keys)`, drawn with replacement. The same for the same arguments. */
export function keyOrder(
  distribution: Distribution,
  options: { readonly keys: number; readonly length: number },
): Int32Array {
  const random = new SeededRandom(42);
  const order = new Int32Array(options.length);
  const draw = distribution === 'uniform' ? uniform(options.keys) : zipf(options.keys, random);
  for (let i = 0; i < order.length; i++) {
    order[i] = draw(random.next());
  }
  return order;
}

function uniform(keys: number): (random: number) => number {
  return (share) => Math.floor(share * keys);
}

/** Frequent keys lie anywhere among the keys, as those that users choose do. */
function zipf(keys: number, random: SeededRandom): (random: number) => number {
  const cumulative = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank++) {
    sum += 1 / (rank + 1) ** ZIPF_EXPONENT;
    cumulative[rank] = sum;
  }
  const keyOfRank = permutation(keys, random);
  return (share) => {
    const wanted = share * sum;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((cumulative[middle] as number) < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return keyOfRank[low] as number;
  };
}

function permutation(size: number, random: SeededRandom): Int32Array {
  const values = Int32Array.from({ length: size }, (_, i) => i);
  for (let i = size - 1; i > 0; i--) {
    const j = random.nextInt(i + 1);
    const swapped = values[i] as number;
    values[i] = values[j] as number;
    values[j] = swapped;
  }
  return values;
}
