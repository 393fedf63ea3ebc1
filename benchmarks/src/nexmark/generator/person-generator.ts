/** Makes people. Nexmark: PersonGenerator. */
// Hot path.
import type { EventIds } from './event-ids.ts';
import type { EventRandom } from './event-random.ts';
import { FIRST_PERSON_ID, type NexmarkConfiguration } from './nexmark-configuration.ts';
import type { Person } from './nexmark-events.ts';
import { nextExtra, nextString } from './random-strings.ts';

// Few, so that queries find results in short streams.
const US_STATES = 'AZ,CA,ID,OR,WA,WY'.split(',');
const US_CITIES =
  'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',');
const FIRST_NAMES = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',');
const LAST_NAMES = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',');
const FULL_NAMES = FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`));
const FOUR_DIGITS = Array.from({ length: 10_000 }, (_, i) => String(i).padStart(4, '0'));

export class PersonGenerator {
  private readonly random: EventRandom;
  private readonly ids: EventIds;
  private readonly averageSize: number;

  constructor(configuration: NexmarkConfiguration, random: EventRandom, ids: EventIds) {
    this.random = random;
    this.ids = ids;
    this.averageSize = configuration.avgPersonByteSize;
  }

  person(eventId: number, dateTime: number): Person {
    const { random } = this;
    const id = this.ids.lastPerson(eventId) + FIRST_PERSON_ID;
    const name = oneOf(FULL_NAMES, random);
    const emailAddress = `${nextString(random, 7)}@${nextString(random, 5)}.com`;
    const creditCard = `${oneOf(FOUR_DIGITS, random)} ${oneOf(FOUR_DIGITS, random)} ${oneOf(FOUR_DIGITS, random)} ${oneOf(FOUR_DIGITS, random)}`;
    const city = oneOf(US_CITIES, random);
    const state = oneOf(US_STATES, random);
    const size =
      8 + name.length + emailAddress.length + creditCard.length + city.length + state.length;
    const extra = nextExtra(random, size, this.averageSize);
    return { id, name, emailAddress, creditCard, city, state, dateTime, extra };
  }
}

function oneOf(items: readonly string[], random: EventRandom): string {
  return items[random.nextInt(items.length)] as string;
}
