/**
 * The certificate library's dependency container refuses to load without metadata reflection. It only asks what the constructors of its own
 * classes take, and they take nothing, so "nothing is known" is the whole answer. A real polyfill that is already there stays.
 */
const NOTHING_KNOWN = {
  getMetadata: () => undefined,
  getOwnMetadata: () => undefined,
  defineMetadata: () => undefined,
};

for (const [name, value] of Object.entries(NOTHING_KNOWN)) {
  if (!(name in Reflect)) Object.defineProperty(Reflect, name, { value, configurable: true, writable: true });
}
