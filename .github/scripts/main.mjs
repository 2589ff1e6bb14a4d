/**
 * Runs a script to its end; an error becomes an annotation of the run.
 *
 * @param {() => Promise<void>} body
 */
export function main(body) {
  body().catch((error) => {
    // A line break would let what follows be read as a command to the runner.
    console.log(`::error::${String(error?.message ?? error).replace(/\s+/g, " ")}`);
    process.exitCode = 1;
  });
}
