/**
 * In which order jobs stand on consecutive nonces, from the chain's next one on and without a gap, since a gap holds up all behind it: a
 * job keeps the lowest nonce that it was signed under already; the others take what is left, in their order.
 */
export function placeJobs<J extends { readonly name: string }>(
  jobs: readonly J[],
  signed: readonly { readonly job: string; readonly nonce: number }[],
  next: number,
): J[] {
  const places: (J | undefined)[] = jobs.map(() => undefined);
  const moved: J[] = [];
  for (const job of jobs) {
    const own = signed.filter((attempt) => attempt.job === job.name).map((attempt) => attempt.nonce - next);
    const place = own.toSorted((a, b) => a - b).find((at) => at >= 0 && at < places.length && places[at] === undefined);
    if (place === undefined) moved.push(job);
    else places[place] = job;
  }
  return places.flatMap((job) => job ?? moved.shift() ?? []);
}
