import { liveOperatorStateLaws } from './live-operator-state-laws.ts';
import { liveStateLaws } from './live-state-laws.ts';

liveStateLaws('on one thread', { 'execution.target': 'local' });
liveOperatorStateLaws('on one thread', { 'execution.target': 'local' });
