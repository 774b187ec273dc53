export const STACK_KINDS = ['external', 'containers', 'process', 'memory'] as const;
export type StackKind = (typeof STACK_KINDS)[number];

export interface StackAddresses {
  kind: StackKind;
  /** host:port of each broker; empty for `memory`. */
  brokers: string[];
  /** Base of the Confluent API, such as http://127.0.0.1:20080/apis/ccompat/v7; null for `memory`. */
  registryUrl: string | null;
  /** postgres://user:password@127.0.0.1:port/parity */
  postgresUrl: string;
}

export interface StackHandle extends StackAddresses {
  /** The processes that belong to this stack and to nobody else (none for containers). */
  pids(): number[];
  /** Ends everything that was started; a temporary data directory is gone afterwards. */
  stop(): Promise<void>;
  /** kill -9 of a broker, from 0. */
  killBroker(index: number): Promise<void>;
  /** Starts a killed broker again, at its address and with its data. */
  startBroker(index: number): Promise<void>;
  /** Kills the registry and starts it again at its address; it keeps what was registered. */
  restartRegistry(): Promise<void>;
}

export interface StackOptions {
  /** Default: what `chooseStack` says. */
  kind?: StackKind;
  /** Three for replication 3 with two in sync. Default: `PARITY_STACK_BROKERS`, else 1. */
  brokers?: 1 | 3;
  /** Kept when the stack stops. Default: a temporary directory, removed then. */
  dataDir?: string;
  /** Takes one line at a time. Default: stderr. */
  onProgress?: (line: string) => void;
  /** Default: that of this process. */
  env?: NodeJS.ProcessEnv;
}

/** The options with every default filled in, as the backends get them. */
export interface ResolvedOptions {
  brokers: 1 | 3;
  dataDir: string | undefined;
  onProgress: (line: string) => void;
  env: NodeJS.ProcessEnv;
}
