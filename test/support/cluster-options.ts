/** What a test may ask of a cluster, whatever provider stands behind it. */

export interface ClusterOptions {
  /**
   * kube-controller-manager: owner-reference garbage collection, ReplicaSets, Jobs, namespaces.
   * Its garbage collector learns of a new CRD only every 30 s: children of a deleted CR of a kind
   * that is new can live on for that long.
   */
  readonly controllers?: boolean;
  readonly scheduler?: boolean;
  /** Pods run and Jobs complete on two pretended nodes; brings controllers and scheduler along. */
  readonly kwok?: boolean;
  /** Write an audit log of the requests of `operator`, `floor` and all service accounts. */
  readonly audit?: boolean;
  /** Settings of the servers' own runtime; only for servers that we start ourselves. */
  readonly serverEnv?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
}
