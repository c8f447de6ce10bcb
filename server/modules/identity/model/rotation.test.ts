import fc from "fast-check";
import { expect, it } from "vitest";
import { decideRotation, GRACE_MS } from "./rotation.ts";

const LIFE_MS = 7 * 86_400_000;
const steps = fc.array(fc.record({ token: fc.nat(), afterMs: fc.oneof(fc.nat(GRACE_MS * 2), fc.nat(LIFE_MS * 2)) }), {
  maxLength: 60,
});

it("over any use of any tokens: the current one works, its predecessor for ten seconds, an older one ends the family", () => {
  fc.assert(
    fc.property(steps, (uses) => {
      let nowMs = 0;
      const session = { current: 0, rotatedAtMs: 0, expiresAtMs: LIFE_MS, revoked: false };
      /** Generation of every token given out. */
      const tokens = [0];
      for (const use of uses) {
        nowMs += use.afterMs;
        const presented = tokens[use.token % tokens.length] ?? 0;
        const decision = decideRotation({ ...session, presented, nowMs });
        if (session.revoked || nowMs >= session.expiresAtMs) {
          expect(decision).toBe("refuse");
        } else if (presented === session.current) {
          expect(decision).toBe("rotate");
          session.current++;
          session.rotatedAtMs = nowMs;
          session.expiresAtMs = nowMs + LIFE_MS;
          tokens.push(session.current);
        } else if (presented === session.current - 1 && nowMs <= session.rotatedAtMs + GRACE_MS) {
          expect(decision).toBe("sibling");
          tokens.push(session.current);
        } else {
          expect(decision).toBe("reuse");
          session.revoked = true;
        }
      }
    }),
  );
});
