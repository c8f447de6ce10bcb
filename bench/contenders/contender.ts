/** Something that can be loaded: where it listens and what a request to it carries. */
export interface Contender {
  name: string;
  /** What it is, for the table's legend. */
  label: string;
  port: number;
  headers: Record<string, string>;
  /** The process that it and all its parts descend from, upstreams and agents left out. */
  pid: number;
  stop(): Promise<void>;
}
