import net from "node:net";

/**
 * Bytes a connection may buffer before the driver stops pipelining. A batch of 256 units is about 150 KB; with Node's default of
 * 64 KB each further statement of the batch would wait for a round trip.
 */
const WRITE_BUFFER_BYTES = 4 << 20;

export interface Target {
  host: string;
  port: number;
}

/**
 * Gathers what the driver writes within one turn into one system call. It writes statement by statement; a batch of ten would wake the
 * database ten times.
 */
function gatherWrites(socket: net.Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let corked = false;
  const gathering = (...args: unknown[]): boolean => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(() => {
        corked = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
  socket.write = gathering as typeof socket.write;
}

/**
 * Opens the driver's TCP socket without Nagle's delay and with a deep write buffer. It is returned while still connecting:
 * an error then arrives as an event, which the driver handles, whereas a rejected promise would leak its pool slot.
 */
export function openSocket(target: Target): net.Socket {
  const socket = new net.Socket({ writableHighWaterMark: WRITE_BUFFER_BYTES } as net.SocketConstructorOpts);
  socket.connect({ host: target.host, port: target.port, noDelay: true, keepAlive: true });
  gatherWrites(socket);
  return socket;
}

/** What the driver resolved its options to; the typings leave out what its own code relies on. */
interface DriverOptions {
  host: readonly string[];
  port: readonly number[];
  path?: string | false;
}

export const targetOf = (options: DriverOptions): Target | null => {
  const [host] = options.host;
  const [port] = options.port;
  return options.path || host === undefined || port === undefined ? null : { host, port };
};
