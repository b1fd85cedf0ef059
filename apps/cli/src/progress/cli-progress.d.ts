/** The part of cli-progress that is used. */
declare module 'cli-progress' {
  export class SingleBar {
    constructor(options: {
      readonly format: (
        options: unknown,
        params: { readonly progress: number },
        payload: { readonly text: string },
      ) => string;
      readonly stream: NodeJS.WritableStream;
      readonly hideCursor?: boolean;
      readonly clearOnComplete?: boolean;
      readonly fps?: number;
      readonly gracefulExit?: boolean;
    });
    start(total: number, startValue: number, payload: { readonly text: string }): void;
    update(current: number, payload: { readonly text: string }): void;
    setTotal(total: number): void;
    stop(): void;
  }
}
