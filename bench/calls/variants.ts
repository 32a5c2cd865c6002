/** `clock`: reads the clock before and after, and does nothing else. */
export type Decorator = 'none' | 'clock' | 'Counted' | 'Gauged' | 'Timed';
export type Labels = 'unnamed' | 'static labels' | 'label functions';

/** One way to dress a method and to call it. */
export interface CallVariant {
  decorator: Decorator;
  labels: Labels;
  isAsync: boolean;
  /** Methods that are called in turn. */
  methods: number;
}

const dressings = (['Counted', 'Gauged', 'Timed'] as const).flatMap((decorator) =>
  (['unnamed', 'static labels', 'label functions'] as const).map((labels) => ({ decorator, labels })),
);

/** Each group begins with the bare variant that the others of the group are compared with. */
export const groups: CallVariant[][] = [false, true].flatMap((isAsync) =>
  [1, 20].map((methods): CallVariant[] => [
    { decorator: 'none', labels: 'unnamed', isAsync, methods },
    ...(isAsync ? [] : [{ decorator: 'clock' as const, labels: 'unnamed' as const, isAsync, methods }]),
    ...dressings.map((dressing) => ({ ...dressing, isAsync, methods })),
  ]),
);
