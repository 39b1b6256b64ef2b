/** Every media type of this program's artifacts. The first one is what makes a manifest a bundle, for the Python workers too (D1). */

export const INDEX_TYPE = "application/vnd.modelops.bundle.index.v1+json";
export const RAW_FILE_TYPE = "application/octet-stream";
/** Of a pack: what unpacks image layers unpacks it, too (image-spec, layer.md). */
export const PACK_TYPE = "application/vnd.oci.image.layer.v1.tar";
export const PUSH_RECORD_TYPE = "application/vnd.modelops.bundle.push.v1+json";

/** OCI image-spec, media-types.md. */
export const OCI_MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
export const OCI_IMAGE_INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
export const OCI_EMPTY_TYPE = "application/vnd.oci.empty.v1+json";
export const DOCKER_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_LIST_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json";

/** OCI image-spec, annotations.md. */
export const TITLE_ANNOTATION = "org.opencontainers.image.title";
export const REF_NAME_ANNOTATION = "org.opencontainers.image.ref.name";

/** What registries take as one manifest; several refuse more (R21). */
export const MAX_MANIFEST_BYTES = 4 * 1024 * 1024;
/** Our own bound for what is read into memory as one index: a million files have some 220 MiB. */
export const MAX_INDEX_BYTES = 256 * 1024 * 1024;
