/** Arithmetic. There is one kind of number, so that a division gives a fraction when it must. */
import type { Arguments } from "./arguments.ts";
import { functionGroup } from "./function-group.ts";

export const mathFunctions = functionGroup({
  title: "Math",
  about:
    "Numbers may be quoted; an absent value counts as 0, and other text is an error. Whole results print without a fraction.",
  given: { spec: { replicas: 3, basePort: "8080" } },
  rows: [
    {
      signature: "add number number...",
      summary: "The sum.",
      example: ["{{ add .spec.basePort 1000 }}", "9080"],
      call: (args) => numbers(args).reduce((sum, number) => sum + number, 0),
    },
    {
      signature: "sub number subtrahend",
      summary: "The first less the second.",
      example: ["{{ sub .spec.replicas 1 }}", "2"],
      call: (args) => args.number(0) - args.number(1),
    },
    {
      signature: "mul number number...",
      summary: "The product.",
      example: ["{{ mul .spec.replicas 2 }}", "6"],
      call: (args) => numbers(args).reduce((product, number) => product * number, 1),
    },
    {
      signature: "div number divisor",
      summary: "The quotient, with its fraction. A divisor of 0 is an error.",
      example: ["{{ div 1 4 }}", "0.25"],
      call: (args) => args.number(0) / divisorOf(args, args.number(1)),
    },
    {
      signature: "mod number divisor",
      summary: "The remainder of the whole numbers, with the sign of the first.",
      example: ["{{ mod .spec.basePort 100 }}", "80"],
      call: (args) => (args.integer(0) % divisorOf(args, args.integer(1))) + 0,
    },
    {
      signature: "min number number...",
      summary: "The smallest: an upper bound for what comes first.",
      example: ["{{ min .spec.replicas 10 }}", "3"],
      call: (args) => Math.min(...numbers(args)),
    },
    {
      signature: "max number number...",
      summary: "The largest: a lower bound for what comes first.",
      example: ["{{ max .spec.replicas 5 }}", "5"],
      call: (args) => Math.max(...numbers(args)),
    },
    {
      signature: "clamp number lowest highest",
      summary: "The number, or the nearer bound when it is outside.",
      example: ["{{ clamp 25 1 20 }}", "20"],
      call: (args) => Math.max(args.number(1), Math.min(args.number(2), args.number(0))),
    },
    {
      signature: "abs number",
      summary: "Without its sign.",
      example: ["{{ abs -300 }}", "300"],
      call: (args) => Math.abs(args.number(0)),
    },
  ],
});

function numbers(args: Arguments): readonly number[] {
  return args.values.map((_, index) => args.number(index));
}

function divisorOf(args: Arguments, divisor: number): number {
  return divisor === 0 ? args.fail("divisor is 0, expected another number") : divisor;
}
