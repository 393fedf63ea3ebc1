import { crashTests } from './crash-tests.ts';

crashTests('hashmap', { seeds: [101, 102, 103] });
