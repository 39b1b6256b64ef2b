/** The version of this program; it is written in one place, `deno.json`. */
import configuration from "../../deno.json" with { type: "json" };

export const VERSION: string = configuration.version;
