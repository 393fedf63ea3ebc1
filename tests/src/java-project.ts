/** Java projects of this repository, which run real Flink: built by Maven when their sources are newer. */
import { execFile, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);
const BUILD_TIMEOUT_MS = 10 * 60 * 1000;
/** Who builds says so each second: after so long without, its process has ended. */
const LOCK_STALE_MS = 15_000;
const RUN_TIMEOUT_MS = 3 * 60 * 1000;
const OPENED = [
  'lang',
  'util',
  'util.concurrent',
  'net',
  'io',
  'nio',
  'text',
  'time',
  'lang.reflect',
];
/** What Flink needs on Java 17. */
const OPENINGS: readonly string[] = [
  ...OPENED.map((name) => `--add-opens=java.base/java.${name}=ALL-UNNAMED`),
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-exports=java.base/sun.net.util=ALL-UNNAMED',
];

/** Why Flink cannot run here; `undefined` when it can. */
export function whyNoFlink(): string | undefined {
  for (const command of ['java', 'mvn']) {
    if (spawnSync(command, ['-version'], { stdio: 'ignore' }).status !== 0) {
      return `${command} is missing: install Java 17 or later and Maven to compare with real Flink`;
    }
  }
  return undefined;
}

export class JavaProject {
  private readonly folder: string;
  private readonly built: string;
  private readonly buildLock: string;

  /** @param folder - absolute; `pom.xml` makes `target/classes` and `target/lib` */
  constructor(folder: string) {
    this.folder = folder;
    this.built = join(folder, 'target', 'lib');
    this.buildLock = join(folder, '.building');
  }

  /** Compiles the project and fetches Flink, unless that has been done. */
  async build(): Promise<void> {
    await this.lockBuild();
    const alive = setInterval(() => utimesSync(this.buildLock, new Date(), new Date()), 1000);
    try {
      if (!existsSync(this.built) || this.newestSource() > statSync(this.built).mtimeMs) {
        await execFileAsync('mvn', ['-q', '-B', 'clean', 'package'], {
          cwd: this.folder,
          timeout: BUILD_TIMEOUT_MS,
        });
      }
    } finally {
      clearInterval(alive);
      rmdirSync(this.buildLock);
    }
  }

  /** What follows `java` to run a program of the project. */
  arguments(
    mainClass: string,
    options: { readonly jvm: readonly string[]; readonly args: readonly string[] },
  ): string[] {
    const classPath = [join(this.folder, 'target', 'classes'), join(this.built, '*')].join(':');
    return [...options.jvm, ...OPENINGS, '-cp', classPath, mainClass, ...options.args];
  }

  /** @returns what it prints */
  async run(
    mainClass: string,
    options: { readonly jvm: readonly string[]; readonly args: readonly string[] },
  ): Promise<string> {
    const { stdout } = await execFileAsync('java', this.arguments(mainClass, options), {
      timeout: RUN_TIMEOUT_MS,
      maxBuffer: 64 * 1024 * 1024, // Flink's log when it fails.
    });
    return stdout;
  }

  /** Also of a program that fails. @returns its exit code, and what it prints on both streams */
  async runToItsEnd(
    mainClass: string,
    options: {
      readonly jvm: readonly string[];
      readonly args: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
    },
  ): Promise<{ readonly code: number; readonly text: string }> {
    return new Promise((resolve) => {
      const args = this.arguments(mainClass, options);
      const env = { ...process.env, ...options.environment };
      const settings = { timeout: RUN_TIMEOUT_MS, env };
      const child = execFile('java', args, settings, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, text: `${stdout}\n${stderr}` });
      });
    });
  }

  /** Test files run in processes of their own, two at a time, and both may find the project unbuilt. */
  private async lockBuild(): Promise<void> {
    for (let waits = 0; ; waits++) {
      try {
        mkdirSync(this.buildLock);
        return;
      } catch (error) {
        const heldSince = statSync(this.buildLock, { throwIfNoEntry: false })?.mtimeMs;
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
          throw error;
        }
        if (heldSince !== undefined && Date.now() - heldSince > LOCK_STALE_MS) {
          rmSync(this.buildLock, { recursive: true, force: true });
        } else if (waits === 0) {
          process.stderr.write(`waiting for another process that builds ${this.folder}\n`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  private newestSource(): number {
    const sources = readdirSync(join(this.folder, 'src'), { recursive: true, encoding: 'utf8' });
    const files = [
      join(this.folder, 'pom.xml'),
      ...sources.map((path) => join(this.folder, 'src', path)),
    ];
    return Math.max(...files.map((path) => statSync(path).mtimeMs));
  }
}
