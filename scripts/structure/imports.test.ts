import { describe, expect, it } from "vitest";
import { importsOf, scan } from "./imports.ts";

const read = (text: string) => importsOf(scan(text)).map(({ specifier, kind, line }) => `${line} ${kind} ${specifier}`);

describe("importsOf", () => {
  it("finds every form, with kind and line", () => {
    const text = [
      'import "./side.ts";',
      'import a, { b as c } from "./a.ts";',
      'import * as all from "./all.ts";',
      'import type { T } from "./t.ts";',
      'import { type U } from "./u.ts";',
      'export * from "./e.ts";',
      'export type { V } from "./v.ts";',
      "export {\n  one,\n  two,\n} from './multi.ts';",
      'const later = await import("./later.ts");',
      "import type from './named-type.ts';",
    ].join("\n");
    expect(read(text).sort()).toEqual(
      [
        "1 value ./side.ts",
        "2 value ./a.ts",
        "3 value ./all.ts",
        "4 type ./t.ts",
        "5 value ./u.ts",
        "6 value ./e.ts",
        "7 type ./v.ts",
        "8 value ./multi.ts",
        "12 dynamic ./later.ts",
        "13 value ./named-type.ts",
      ].sort(),
    );
  });

  it("is not fooled by comments, strings, templates and regular expressions", () => {
    const text = [
      '// import "./no.ts"',
      '/* import "./no.ts" */',
      "const s = 'import \"./no.ts\"';",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text under test holds a template
      'const t = `import "./no.ts" ${f("}")} import "./no.ts" ${`${x}`}`;',
      "const r = /[\"`']/.test(s) ? a / b / c : 1;",
      'import "./yes.ts";',
      "export const from = 1;",
      'export const x = from + "./no.ts";',
    ].join("\n");
    expect(read(text)).toEqual(["6 value ./yes.ts"]);
  });

  it("keeps length and lines", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the text under test holds a template
    const text = 'a\n"b\\"c" /* d\n e */ `f\n${g}` // h';
    const { code } = scan(text);
    expect(code.length).toBe(text.length);
    expect(code.split("\n").map((l) => l.length)).toEqual(text.split("\n").map((l) => l.length));
  });
});
