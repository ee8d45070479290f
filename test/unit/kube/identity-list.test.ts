import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isProtobuf, readIdentityList } from "../../../src/kube/identity-list.ts";

/** A field with bytes: its number, their length, they themselves. */
function field(number: number, value: Buffer | string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([varint(number * 8 + 2), varint(bytes.length), bytes]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

interface Identity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** With what servers write beside: a number, labels, a time, managed fields of any bytes. */
function item({ name, namespace, uid, resourceVersion }: Identity, extra: Buffer): Buffer {
  const metadata = [
    field(1, name),
    field(2, ""),
    field(3, namespace),
    field(5, uid),
    field(6, resourceVersion),
    Buffer.concat([varint(7 * 8), varint(3_000_000_000)]),
    Buffer.concat([varint(8 * 8 + 1), Buffer.alloc(8, 255)]),
    Buffer.concat([varint(9 * 8 + 5), Buffer.alloc(4, 255)]),
    field(17, extra),
  ];
  return field(2, field(1, Buffer.concat(metadata)));
}

function list(version: string, token: string, items: readonly Buffer[]): Buffer {
  const metadata = field(1, Buffer.concat([field(2, version), field(3, token)]));
  const type = Buffer.concat([field(1, "meta.k8s.io/v1"), field(2, "PartialObjectMetadataList")]);
  const envelope = [field(1, type), field(2, Buffer.concat([metadata, ...items])), field(3, "")];
  return Buffer.concat([Buffer.from("k8s\0"), ...envelope]);
}

const ONE = list("7", "", [
  item({ name: "a", namespace: "b", uid: "c", resourceVersion: "1" }, Buffer.from("x")),
]);

describe("readIdentityList()", () => {
  test("reads names, uids and versions, and nothing of what is between them", () => {
    const identity = fc.record({
      name: fc.string({ unit: "binary", minLength: 1 }),
      namespace: fc.string(),
      uid: fc.string({ minLength: 1 }),
      resourceVersion: fc.string({ minLength: 1 }),
    });
    const extra = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(fc.array(identity), extra, fc.string(), (identities, bytes, token) => {
        const items = identities.map((one) => item(one, Buffer.from(bytes)));
        expect(readIdentityList(list("42", token, items))).toEqual({
          metadata: { resourceVersion: "42", ...(token && { continue: token }) },
          items: identities.map(({ namespace, ...rest }) => ({
            metadata: { ...rest, ...(namespace && { namespace }) },
          })),
        });
      }),
    );
  });

  test("refuses what is cut off, wherever it is", () => {
    expect(readIdentityList(ONE).items).toHaveLength(1);
    for (let end = 0; end < ONE.length; end++) {
      const cut = ONE.subarray(0, end);
      try {
        // Between two fields of the envelope nothing is missing that can be known.
        expect(readIdentityList(cut).items).toBeArray();
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }
    expect(() => readIdentityList(ONE.subarray(0, 40))).toThrow("ends behind its message");
  });

  test.each([
    ["JSON", Buffer.from('{"items":[]}'), "other first bytes"],
    ["an item without metadata", list("1", "", [field(2, "")]), "an item without metadata"],
    ["a kind of value that there is not", Buffer.from("k8s\0\x0f\x01"), "ends behind"],
    ["a number without an end", Buffer.from([107, 56, 115, 0, 255, 255]), "without an end"],
  ])("refuses %s", (_, bytes, message) => {
    expect(() => readIdentityList(bytes)).toThrow(message);
  });

  test("never does else than to read or to refuse, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          readIdentityList(Buffer.concat([Buffer.from("k8s\0"), Buffer.from(bytes)]));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
    );
  });
});

test("isProtobuf() knows the type by its begin", () => {
  expect(isProtobuf("application/vnd.kubernetes.protobuf;as=PartialObjectMetadataList")).toBe(true);
  expect(isProtobuf("application/json")).toBe(false);
  expect(isProtobuf(undefined)).toBe(false);
});
