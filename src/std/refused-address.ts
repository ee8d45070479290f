/** A host whose addresses must not be asked: its message completes "Cannot call it: ". */
export class RefusedAddress extends Error {
  constructor(why: string) {
    super(why);
    this.name = "RefusedAddress";
  }
}
