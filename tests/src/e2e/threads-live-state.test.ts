import { liveStateLaws } from './live-state-laws.ts';

liveStateLaws('on worker threads', { 'execution.target': 'threads' });
