import { formatMs } from "../format/time.ts";
import type { Terminal } from "../terminal/terminal.ts";

export interface Progress {
  /** Runs a step and shows it with what it returned and how long it took. */
  step<T>(name: string, work: () => Promise<T>, detail: (result: T) => string): Promise<T>;
  /** Something that happened while all runs. */
  note(line: string): void;
}

const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const NAME_WIDTH = 13;

/** Progress lines on stderr: one a step, with a spinner while it runs where the terminal can show one. */
export function createProgress(terminal: Terminal, signal: AbortSignal): Progress {
  const { noteStyle: style } = terminal;
  const beginSpinner = (name: string): (() => void) => {
    if (!terminal.isLive) return () => undefined;
    let frame = 0;
    const timer = setInterval(() => {
      terminal.status(`${style.cyan(SPINNER[frame++ % SPINNER.length] ?? "")} ${name} …`);
    }, 100);
    return () => clearInterval(timer);
  };
  return {
    step: async (name, work, detail) => {
      signal.throwIfAborted();
      const startMs = performance.now();
      const end = beginSpinner(name);
      try {
        const result = await work();
        const took = formatMs(performance.now() - startMs);
        end();
        terminal.note(`${style.green("✓")} ${name.padEnd(NAME_WIDTH)} ${detail(result)} ${style.dim(took)}`);
        return result;
      } catch (error) {
        end();
        terminal.note(`${style.red("✗")} ${name}`);
        throw error;
      }
    },
    note: (line) => terminal.note(`${style.dim(new Date().toISOString().slice(11, 19))} ${line}`),
  };
}
