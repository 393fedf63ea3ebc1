import { liveStateLaws } from './live-state-laws.ts';

liveStateLaws('on one thread', { 'execution.target': 'local' });
