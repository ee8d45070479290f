/** Media types of artifacts: those of the standards, and our own. */

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
export const INDEX_TYPE = "application/vnd.oci.image.index.v1+json";
export const DOCKER_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json";
export const DOCKER_INDEX_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json";

/** Source: the OCI image specification 1.1, "Guidance for an Empty Descriptor". */
export const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";

/** What container engines run. */
export const IMAGE_CONFIG_TYPES: readonly string[] = [
  "application/vnd.oci.image.config.v1+json",
  "application/vnd.docker.container.image.v1+json",
];

/** Of what `ork push` makes: a Katalog, a Komposer or a Motif with the files that it refers to. */
export const ARTIFACT_TYPE = "application/vnd.orkestra.document.v1";
/** The document and its files. */
export const CONTENT_TYPE = "application/vnd.orkestra.document.content.v1.tar+gzip";

/** Source: https://helm.sh/docs/topics/registries, "Helm chart manifest". */
export const CHART_TYPE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
export const PROVENANCE_TYPE = "application/vnd.cncf.helm.chart.provenance.v1.prov";

export const TITLE = "org.opencontainers.image.title";
