import { liveOperatorStateLaws } from './live-operator-state-laws.ts';
import { liveStateLaws } from './live-state-laws.ts';

liveStateLaws('on worker threads', { 'execution.target': 'threads' });
liveOperatorStateLaws('on worker threads', { 'execution.target': 'threads' });
