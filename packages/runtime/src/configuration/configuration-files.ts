/**
 * Configuration files and settings on a command line, for who needs nothing else of the runtime and
 * should not wait for the rest of it to load.
 */
export * from './dynamic-properties.ts';
export * from './global-configuration.ts';
export * from './legacy-config-file.ts';
export * from './yaml-config-file.ts';
