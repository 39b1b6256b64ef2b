/**
 * The manners of a registry as switches, and what the spec calls the plain ones. A profile is a value of this type (`profiles.ts`); the
 * server that has them is `server.ts`.
 */

export interface TokenManners {
  readonly kind: "token";
  /** What the token is called in the answer (rule R24). */
  readonly field: "token" | "access_token";
  /** Said in the answer; null: nothing is said. */
  readonly expiresIn: number | null;
  /** Whether the challenge names a service. */
  readonly service: boolean;
  /** Whether the token server is another host. */
  readonly elsewhere: boolean;
  /** After so many requests a token is not believed any more, whatever was said; null: it always is (rule R23). */
  readonly uses: number | null;
}

export type AuthManners = { readonly kind: "none" } | { readonly kind: "basic" } | TokenManners;

export interface Manners {
  readonly auth: AuthManners;
  /** User name that is expected with the password. */
  readonly user: string;
  /** HEAD of manifests and blobs (rule R12). */
  readonly head: "works" | "404" | "405" | "no digest";
  readonly blobs: {
    /** Where a GET is led to; null: the registry serves the bytes itself (rule R14). */
    readonly redirect: 302 | 303 | 307 | null;
    /** The Location of that redirect has no host: it stays at the registry, on another path. */
    readonly relative: boolean;
    /** HEAD is led there as well. */
    readonly redirectsHead: boolean;
    /** Signed addresses are good for GET only. */
    readonly getOnly: boolean;
    readonly ranges: "served" | "ignored" | "refused where they begin at 0";
  };
  readonly uploads: {
    readonly location: "relative" | "absolute";
    /** The address changes with every answer, and those of before are good no longer (rule R1). */
    readonly moves: boolean;
    /** Status for a piece that is taken; null: no pieces (rules R5, R9). */
    readonly piece: 202 | 201 | null;
    /** Bytes; a larger piece is answered with 416. */
    readonly mostPiece: number;
    /** Bytes; announced as OCI-Chunk-Min-Length, and demanded of every piece but the last. */
    readonly leastPiece: number;
    /** Bytes; a larger body of any kind is answered with 413. */
    readonly mostBody: number;
    /** What a session says of its place (rules R6b, R7). */
    readonly range: "right" | "stays at the first piece" | "tells the last piece";
    readonly done: 201 | 204;
  };
  readonly referrers: {
    /** How a question for referrers is answered (rule R17). */
    readonly answer: "index" | "404" | "400" | "a login page elsewhere" | "a web page";
    readonly filters: boolean;
    /** Whether a PUT is answered with OCI-Subject (rule R18). */
    readonly saysSubject: boolean;
    /** A fallback tag that nobody wrote gives the subject itself. */
    readonly fallbackGivesSubject: boolean;
  };
  readonly manifests: {
    /** Bytes; more is answered with 413 (rule R21). */
    readonly most: number;
    /** More layers are answered with 405. */
    readonly mostLayers: number;
    /** What is put names only what is there. */
    readonly checksBlobs: boolean;
    readonly saysDigest: boolean;
    /** So many looks at what was put a moment ago find what was there before (rule R29). */
    readonly lateBy: number;
  };
  readonly tags: {
    readonly page: number;
    /** `n` above it is answered with 400. */
    readonly mostAsked: number;
    readonly link: "relative" | "absolute" | "opaque" | "without /v2" | "none";
    /** How a DELETE of a tag is answered (rule R27). */
    readonly remove: 202 | 400 | 405 | "takes the manifest";
    /** What an existing tag does when another digest is put there: moves, or the status of the refusal (rule R28). */
    readonly move: "moves" | 400 | 403 | 409 | 412;
  };
  /** A repository must be made before a push: NAME_UNKNOWN otherwise. */
  readonly repositoryMustExist: boolean;
  /** Every so many requests one is asked to wait (rule R22); null: never. */
  readonly throttles: { readonly every: number; readonly with: Throttle } | null;
}

export type Throttle = "429 and text" | "429 and Retry-After" | "403 and words";

export const MiB = 1024 * 1024;

/** By the letter of the distribution-spec, with everything that it leaves open supported. */
export const PLAIN: Manners = {
  auth: { kind: "none" },
  user: "me",
  head: "works",
  blobs: { redirect: null, relative: false, redirectsHead: false, getOnly: false, ranges: "served" },
  uploads: {
    location: "relative",
    moves: false,
    piece: 202,
    mostPiece: Infinity,
    leastPiece: 0,
    mostBody: Infinity,
    range: "right",
    done: 201,
  },
  referrers: { answer: "index", filters: true, saysSubject: true, fallbackGivesSubject: false },
  manifests: { most: 4 * MiB, mostLayers: Infinity, checksBlobs: true, saysDigest: true, lateBy: 0 },
  tags: { page: 1000, mostAsked: Infinity, link: "relative", remove: 202, move: "moves" },
  repositoryMustExist: false,
  throttles: null,
};

export const TOKEN: TokenManners = { kind: "token", field: "token", expiresIn: 300, service: true, elsewhere: false, uses: null };
