/**
 * What is known of registries that cannot be had on this machine, as manners: from their documentation, their source where it is public,
 * and what others met. None of this was seen by running against the services. Limits of gigabytes are made small, so that a test meets
 * them.
 */
import { type Manners, MiB, PLAIN, TOKEN } from "./manners.ts";

export interface Profile {
  readonly name: string;
  readonly manners: Manners;
  /** For the table: what is special, in a few words. */
  readonly note: string;
}

const NO_REFERRERS = { answer: "404", filters: false, saysSubject: false, fallbackGivesSubject: false } as const;

export const PROFILES: readonly Profile[] = [
  {
    name: "GHCR",
    note: "no referrers interface; pieces above 4 MiB are refused; 403 means throttling, too",
    manners: {
      ...PLAIN,
      auth: { ...TOKEN, expiresIn: null },
      blobs: { ...PLAIN.blobs, redirect: 307 },
      uploads: { ...PLAIN.uploads, mostPiece: 4 * MiB },
      referrers: NO_REFERRERS,
      tags: { ...PLAIN.tags, remove: 405 },
      throttles: { every: 37, with: "403 and words" },
    },
  },
  {
    name: "ECR",
    note: "the repository must exist; at most 1,000 tags a page; the place of an upload stays at its first piece",
    manners: {
      ...PLAIN,
      auth: { kind: "basic" },
      user: "AWS",
      blobs: { ...PLAIN.blobs, redirect: 307, getOnly: true },
      uploads: {
        ...PLAIN.uploads,
        location: "absolute",
        piece: 201,
        leastPiece: 5 * MiB,
        mostBody: 10 * MiB,
        range: "stays at the first piece",
      },
      manifests: { ...PLAIN.manifests, mostLayers: 4200 },
      tags: { ...PLAIN.tags, mostAsked: 1000, page: 100 },
      repositoryMustExist: true,
      throttles: { every: 29, with: "429 and text" },
    },
  },
  {
    name: "ACR",
    note: "relative upload addresses that move; the storage host refuses whoever brings credentials",
    manners: {
      ...PLAIN,
      auth: { ...TOKEN, field: "access_token", expiresIn: null },
      user: "00000000-0000-0000-0000-000000000000",
      blobs: { ...PLAIN.blobs, redirect: 307, redirectsHead: true },
      uploads: { ...PLAIN.uploads, moves: true },
      throttles: { every: 41, with: "429 and Retry-After" },
    },
  },
  {
    name: "GAR",
    note: "no pieces at all; no `service`; redirects without a host; referrers lead to a login page",
    manners: {
      ...PLAIN,
      auth: { ...TOKEN, service: false },
      user: "oauth2accesstoken",
      blobs: { ...PLAIN.blobs, redirect: 302, relative: true },
      uploads: { ...PLAIN.uploads, piece: null },
      referrers: { ...NO_REFERRERS, answer: "a login page elsewhere" },
      tags: { ...PLAIN.tags, page: 50, link: "absolute" },
    },
  },
  {
    name: "Docker Hub",
    note: "token server on another host; pull limits told as text",
    manners: {
      ...PLAIN,
      auth: { ...TOKEN, elsewhere: true },
      blobs: { ...PLAIN.blobs, redirect: 307 },
      uploads: { ...PLAIN.uploads, location: "absolute", moves: true },
      tags: { ...PLAIN.tags, page: 100, remove: 405 },
      throttles: { every: 43, with: "429 and text" },
    },
  },
  {
    name: "Harbor",
    note: "behind a proxy that takes bodies of 8 MiB; a tag is not removed by its name",
    manners: {
      ...PLAIN,
      auth: { ...TOKEN, elsewhere: false },
      blobs: { ...PLAIN.blobs, redirect: 307 },
      uploads: { ...PLAIN.uploads, location: "absolute", moves: true, mostBody: 8 * MiB },
      tags: { ...PLAIN.tags, page: 100, remove: 405 },
    },
  },
  {
    name: "Quay",
    note: "pages of 50 by opaque tokens; referrers are listed without OCI-Subject",
    manners: {
      ...PLAIN,
      auth: { ...TOKEN, expiresIn: null },
      blobs: { ...PLAIN.blobs, redirect: 302 },
      referrers: { answer: "index", filters: false, saysSubject: false, fallbackGivesSubject: false },
      uploads: { ...PLAIN.uploads, mostBody: 20 * MiB },
      tags: { ...PLAIN.tags, page: 50, link: "opaque" },
    },
  },
  {
    name: "GitLab",
    note: "short tokens; HEAD of blobs is redirected, too; the fallback tag gives the subject",
    manners: {
      ...PLAIN,
      auth: { ...TOKEN, elsewhere: true, uses: 40 },
      blobs: { ...PLAIN.blobs, redirect: 307, redirectsHead: true, getOnly: true },
      referrers: { ...NO_REFERRERS, fallbackGivesSubject: true },
      uploads: { ...PLAIN.uploads, moves: true, location: "absolute" },
    },
  },
  {
    name: "Artifactory",
    note: "a Range from 0 on breaks; wrong links between pages; the manifest goes with its tag",
    manners: {
      ...PLAIN,
      auth: { kind: "basic" },
      blobs: { ...PLAIN.blobs, ranges: "refused where they begin at 0" },
      referrers: NO_REFERRERS,
      tags: { ...PLAIN.tags, page: 50, link: "without /v2", remove: "takes the manifest" },
    },
  },
  {
    name: "Nexus and kin",
    note: "HEAD without a digest; no digest header; ranges ignored; referrers are a web page",
    manners: {
      ...PLAIN,
      auth: { kind: "basic" },
      head: "405",
      blobs: { ...PLAIN.blobs, ranges: "ignored" },
      manifests: { ...PLAIN.manifests, saysDigest: false, lateBy: 1 },
      referrers: { ...NO_REFERRERS, answer: "a web page" },
      tags: { ...PLAIN.tags, page: Infinity, link: "none", remove: 400 },
    },
  },
];
