/** Which methods a path answers, for 405 and `Allow`. Only consulted after routing failed, so it may be slow. */
export interface KnownRoutes {
  add(method: string | readonly string[], url: string): void;
  methodsOf(path: string): string[];
}

function pattern(url: string): RegExp {
  const escaped = url.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replace(/:[A-Za-z0-9_]+/g, "[^/]+").replace(/\*/g, ".*")}$`);
}

export function createKnownRoutes(): KnownRoutes {
  const byUrl = new Map<string, { match: RegExp; methods: Set<string> }>();
  return {
    add(method, url) {
      const known = byUrl.get(url) ?? { match: pattern(url), methods: new Set<string>() };
      for (const one of typeof method === "string" ? [method] : method) known.methods.add(one);
      byUrl.set(url, known);
    },
    methodsOf(given) {
      const path = given.length > 1 && given.endsWith("/") ? given.slice(0, -1) : given;
      const methods = new Set<string>();
      for (const known of byUrl.values()) if (known.match.test(path)) for (const one of known.methods) methods.add(one);
      return [...methods].sort();
    },
  };
}
