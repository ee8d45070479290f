/** The answer to "what runs now?", as `running` finds it and the reports of a plan tell it. */
import type { FieldChange } from "../apply/changes.ts";

export type Running =
  /** Nobody said what runs, and no custom resource carries a digest. */
  | { readonly kind: "unknown" }
  | {
      readonly kind: "equal";
      readonly from: string;
      readonly digest?: string;
      /** Only the custom resources say so: a process that has ended leaves its digest there. */
      readonly isFromMarks?: true;
      /** Only the imports are the same: no lock knows the documents. */
      readonly isFromLock?: true;
    }
  | {
      readonly kind: "differs";
      readonly from: string;
      /** Several where a change is under way; none where only the imports are known. */
      readonly digests: readonly string[];
      /** Who carries them, where that is not `from`. */
      readonly digestsFrom?: string;
      /** What imports were and are, where that is known: a line for each that differs. */
      readonly imports?: readonly string[];
      /** Absent when only the digest is known; of a lock, what the imports change. */
      readonly document?: readonly FieldChange[];
    };
