import { connect, createServer, type Socket } from "node:net";

/** A way from this machine's loopback to a port of the node, for as long as it is open: the stack's URL is one of localhost. */
export interface Way {
  close(): Promise<void>;
}

/** Carries connections to a port of localhost to the same port of another address. */
export function forward(port: number, address: string): Promise<Way> {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on("close", () => open.delete(client));
    const node = connect({ host: address, port });
    const end = () => {
      client.destroy();
      node.destroy();
    };
    for (const side of [client, node]) side.on("error", end).on("close", end);
    client.pipe(node).pipe(client);
  });
  return new Promise((resolve, reject) => {
    server.on("error", reject);
    server.listen(port, "127.0.0.1", () =>
      resolve({
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            for (const client of open) client.destroy();
          }),
      }),
    );
  });
}
