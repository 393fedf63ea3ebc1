/**
 * Strings of the records: random words, and padding that is cut out of one long random text.
 *
 * Nexmark: StringsGenerator of nexmark-flink.
 */
// Hot path.
import { EventRandom } from './event-random.ts';

const MIN_STRING_LENGTH = 3;
const LENGTH_MAX = 128;
const SPACE = 32;
const LETTER_A = 97;
const LETTERS = 26;
const SPECIAL_ONE_OF = 13;
const SCRATCH: Buffer = Buffer.alloc(LENGTH_MAX);

const PADDING_LENGTH = 1024 * 1024;
const PADDING: string = paddingText();

/** 3 to `maxLength - 1` letters; one of 13 is `special`, and spaces at the ends are cut off. */
export function nextString(
  random: EventRandom,
  maxLength: number,
  special: number = SPACE,
): string {
  const length = MIN_STRING_LENGTH + random.nextInt(maxLength - MIN_STRING_LENGTH);
  for (let i = 0; i < length; i++) {
    const choice = random.nextInt(SPECIAL_ONE_OF * LETTERS); // Both choices in one number.
    SCRATCH[i] = choice < LETTERS ? special : LETTER_A + (choice % LETTERS);
  }
  return SCRATCH.toString('latin1', 0, length).trim();
}

/** Brings a record of `currentSize` to `desiredAverageSize` on average, within a fifth. */
export function nextExtra(
  random: EventRandom,
  currentSize: number,
  desiredAverageSize: number,
): string {
  if (currentSize > desiredAverageSize) {
    return '';
  }
  const average = desiredAverageSize - currentSize;
  const delta = Math.round(average * 0.2);
  const length = average - delta + (delta === 0 ? 0 : random.nextInt(2 * delta));
  const offset = random.nextInt(PADDING_LENGTH - length);
  return PADDING.substring(offset, offset + length);
}

function paddingText(): string {
  const random = new EventRandom(0);
  const text = Buffer.alloc(PADDING_LENGTH);
  for (let i = 0; i < PADDING_LENGTH; i++) {
    text[i] = LETTER_A + random.nextInt(LETTERS);
  }
  return text.toString('latin1');
}
