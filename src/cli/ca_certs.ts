/** Certificates to trust beside the system's own: of the option, and of the variable that every tool knows. */
import { Failure } from "../base/failure.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";

/** PEM texts. Names of files; an empty variable names none. @throws Failure("usage") */
export function caCerts(files: { readonly option: string | undefined; readonly variable: string | undefined }): string[] {
  return Object.entries({ "--ca-file": files.option, SSL_CERT_FILE: files.variable }).flatMap(([by, file]) => {
    if (file === undefined || file === "") return [];
    const text = readTextIfThere(file);
    if (text !== null) return [text];
    throw new Failure("usage", `${by}: ${file} does not exist`, { hint: `ls -l ${file}` });
  });
}
