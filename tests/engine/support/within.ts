/** Waits for an event, and fails with these words when it is late. */
export async function within(milliseconds: number, event: Promise<unknown>, otherwise: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(otherwise)), milliseconds);
  });
  await Promise.race([event, late]).finally(() => clearTimeout(timer));
}
