/**
 * Loaded in a worker thread before the program: holds back what the program writes until its job is
 * taken up, and teaches the thread TypeScript where the main thread learnt it.
 */
import { taskManagerOfThread } from './task-manager-thread.ts';
import { registerTypeScriptLoader } from './typescript-loader.ts';

if (taskManagerOfThread() !== undefined) {
  await registerTypeScriptLoader(process.execArgv);
}
