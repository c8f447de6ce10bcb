/** Something that can be loaded: where it listens and what a request to it carries. */
export interface Contender {
  name: string;
  /** What it is, for the table's legend. */
  label: string;
  port: number;
  headers: Record<string, string>;
  stop(): Promise<void>;
}
