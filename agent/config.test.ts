import { describe, expect, it } from "vitest";
import { readConfig } from "./config.ts";

const base = ["--network", "http://127.0.0.1:1", "--token", "t", "--dir", "/d"];

describe("readConfig", () => {
  it("pairs repeated flags in order", () => {
    const { options } = readConfig(
      [
        ...base,
        "--engine",
        "a",
        "--engine",
        "b",
        "--engine-key",
        "none",
        "--engine-key",
        "k",
        "--model",
        "m.gguf",
        "--id",
        "m",
        "--map",
        "x=y=z",
        "--slots",
        "3",
      ],
      {},
    );
    expect(options).toMatchObject({
      engines: [
        { url: "a", key: undefined },
        { url: "b", key: "k" },
      ],
      models: [{ path: "m.gguf", id: "m" }],
      modelIds: { x: "y=z" },
      slots: 3,
    });
  });

  it("takes the environment where a flag is not given", () => {
    const env = {
      FAR_NETWORK: "https://n",
      FAR_NODE_TOKEN: "e",
      FAR_ENGINE: "http://a/v1, http://b/v1",
      FAR_NODE_DIR: "/e",
    };
    const { options } = readConfig(["--token", "flag"], env);
    expect(options).toMatchObject({ network: "https://n", token: "flag", dir: "/e" });
    expect(options.engines?.map((e) => e.url)).toEqual(["http://a/v1", "http://b/v1"]);
  });

  it.each([
    [[], "--network URL is missing"],
    [[...base, "--slots", "0"], "slots"],
    [[...base, "--owner", "0x12"], "--owner"],
    [[...base, "--map", "x"], "--map"],
    [[...base, "--gpu", "magic"], "--gpu"],
    [[...base, "--id", "m"], "--id"],
    [[...base, "--colour", "red"], "--colour"],
  ])("refuses %j", (argv, text) => {
    expect(() => readConfig(argv, {})).toThrow(expect.objectContaining({ code: "bad_option" }));
    expect(() => readConfig(argv, {})).toThrow(new RegExp(text.replace("--", ""), "i"));
  });
});
