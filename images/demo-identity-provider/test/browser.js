// A browser small enough to read: cookies with their paths, no scripts, redirects one by one.
import { request } from "node:https";

export class Browser {
  #jar = [];
  #origin;
  #connect;

  /** `origin` is the public one; every request for it goes to `port` on loopback, as the proxy in front would do. */
  constructor({ origin, port, ca }) {
    this.#origin = origin;
    this.#connect = { host: "127.0.0.1", port, ca, servername: "localhost", agent: false };
  }

  get cookies() {
    return this.#jar;
  }

  get(url, headers) {
    return this.#send("GET", url, { headers });
  }

  post(url, form, headers) {
    const body = new URLSearchParams(form).toString();
    return this.#send("POST", url, {
      body,
      headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    });
  }

  /** Follows redirects until one leaves for a path that is not under `inside`, and returns that address. */
  async follow(answer, inside) {
    let current = answer;
    while (current.location?.startsWith(inside)) current = await this.get(current.location);
    return current;
  }

  #send(method, url, { body, headers = {} }) {
    const { origin, pathname, search } = new URL(url, this.#origin);
    if (origin !== this.#origin) throw new Error(`not this server: ${origin}`);
    const cookie = this.#cookieHeader(pathname);
    const options = {
      ...this.#connect,
      method,
      path: pathname + search,
      headers: { accept: "text/html", host: new URL(origin).host, ...(cookie && { cookie }), ...headers },
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(options, (response) => {
        const chunks = [];
        const certificate = response.socket.getPeerX509Certificate();
        response.on("data", (chunk) => chunks.push(chunk));
        response.on("end", () => {
          this.#keep(response.headers["set-cookie"] ?? []);
          const text = Buffer.concat(chunks).toString("utf8");
          const location = response.headers.location && new URL(response.headers.location, url).href;
          resolve({ status: response.statusCode, headers: response.headers, location, text, certificate });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  #keep(lines) {
    for (const line of lines) {
      const [pair, ...attributes] = line.split(";").map((part) => part.trim());
      const at = pair.indexOf("=");
      const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path: "/", attributes };
      for (const attribute of attributes) {
        const [name, value] = attribute.split("=");
        if (name.toLowerCase() === "path") cookie.path = value;
        if (name.toLowerCase() === "expires" && Date.parse(value) <= Date.now()) cookie.expired = true;
      }
      this.#jar = this.#jar.filter(({ name, path }) => name !== cookie.name || path !== cookie.path);
      if (!cookie.expired) this.#jar.push(cookie);
    }
  }

  #cookieHeader(pathname) {
    return this.#jar
      .filter(({ path }) => pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }
}
