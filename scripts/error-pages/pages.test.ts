import { describe, expect, it } from "vitest";
import { type Code, handPart, planPages, renderPage } from "./pages.ts";

const code: Code = {
  code: "insufficient_funds",
  status: 402,
  type: "insufficient_funds",
  message: "The balance does not cover this.",
  actor: "caller",
  retryable: false,
  home: "server/modules/ledger",
};
const other: Code = { ...code, code: "no_node", status: 503, actor: "operator", retryable: true };

/** The pages as they are after the plan. */
function settle(codes: Code[], pages: ReadonlyMap<string, string>): Map<string, string> {
  const plan = planPages(codes, pages);
  return new Map([...pages, ...plan.write].filter(([file]) => !plan.remove.includes(file)));
}

describe("planPages", () => {
  it("asks for a page per code and an index, and says which are silent", () => {
    const plan = planPages([code, other], new Map());
    expect([...plan.write.keys()].sort()).toEqual(["README.md", "insufficient_funds.md", "no_node.md"]);
    expect(plan.silent).toEqual(["insufficient_funds.md", "no_node.md"]);
  });

  it("has nothing to do once the pages are written", () => {
    const pages = new Map([["insufficient_funds.md", renderPage(code, "Deposit FAR.")]]);
    const settled = settle([code], pages);
    expect(planPages([code], settled)).toEqual({ write: new Map(), remove: [], silent: [] });
  });

  it("keeps what a person wrote when the registry changes", () => {
    const settled = settle(
      [code],
      new Map([["insufficient_funds.md", renderPage(code, "Deposit FAR.\n\nThen retry.")]]),
    );
    const page =
      planPages([{ ...code, status: 409, message: "New." }], settled).write.get("insufficient_funds.md") ?? "";
    expect(handPart(page)).toBe("Deposit FAR.\n\nThen retry.");
    expect(page).toContain("> New.");
    expect(page).toContain("| 409 |");
  });

  it("sees a page that was changed by hand outside its part, and one whose code is gone", () => {
    const settled = settle([code, other], new Map());
    const page = (settled.get("no_node.md") ?? "").replace("503", "500");
    expect([...planPages([code, other], new Map([...settled, ["no_node.md", page]])).write.keys()]).toEqual([
      "no_node.md",
    ]);
    expect(planPages([code], settled).remove).toEqual(["no_node.md"]);
  });
});
