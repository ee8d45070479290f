/**
 * `when` and `or`, wherever they occur: lists of conditions as written. Their canonical form is
 * made in `resolve`, where each one's position is known.
 */
import * as v from "valibot";
import { jsonObject, listOrOne } from "./fields.ts";

/** Entries of a schema whose block may carry conditions. */
export const conditional = {
  when: v.exactOptional(listOrOne(jsonObject)),
  or: v.exactOptional(listOrOne(jsonObject)),
};
