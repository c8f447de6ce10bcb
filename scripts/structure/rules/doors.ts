import type { Rule } from "../house.ts";

/** A room is entered through its door: relative paths stay inside, other rooms are named by `#door` or by package. */
export const doors: Rule = (house) =>
  [...house.sources.values()].flatMap((source) =>
    source.imports.flatMap(({ target, specifier, line }) => {
      const finding = (reason: string) => [{ path: source.path, line, rule: "door", reason }];
      if (target.kind === "closed") return finding(target.reason);
      if (target.kind !== "file") return [];
      const from = house.roomOf(source.path);
      const to = house.roomOf(target.path);
      if (target.through === "relative" && from !== to && from !== "") {
        return finding(`${specifier} leaves ${from}; use the door of ${to === "" ? "the room it means" : to}`);
      }
      if (target.through === "door" && !source.path.startsWith("server/")) {
        return finding(`${specifier} is a door inside server; other workspaces use package names`);
      }
      return [];
    }),
  );
