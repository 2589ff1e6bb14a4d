/** One JSON line per event. Callers pass no secrets. */
export function log(entry) {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...entry })}\n`);
}
