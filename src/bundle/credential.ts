/** What opens a registry. Settings find it, the remote uses it, nobody prints it. */

export type Credential =
  /** A token made by the registry counts as a password: most take it with any user name. */
  | { readonly kind: "password"; readonly username: string; readonly password: string; readonly source: string }
  /** Changed for an access token at the registry's token server; Docker calls it an identity token. */
  | { readonly kind: "refresh-token"; readonly token: string; readonly source: string };

/**
 * The credential for a repository; null: go without. `source` says where it was found, for messages.
 * @param host as in a reference: `ghcr.io`, `localhost:5000`; `docker.io` for the Docker Hub.
 */
export type Credentials = (host: string, path: string) => Promise<Credential | null>;
