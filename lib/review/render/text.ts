import type { Review } from "../types";

export function toText(review: Review): string {
  throw new Error(`${review.stack}: not there yet`);
}
