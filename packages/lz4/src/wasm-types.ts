// TypeScript has WebAssembly's types only together with the browser's; these are the three that are used here.

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the global is a namespace
  namespace WebAssembly {
    class Memory {
      constructor(descriptor: { initial: number; maximum: number; shared: true });
      readonly buffer: SharedArrayBuffer;
      /** Adds `pages` of 64 KiB and returns how many there were. */
      grow(pages: number): number;
    }
    class Module {
      constructor(bytes: Uint8Array);
    }
    class Instance {
      constructor(module: Module, imports: { env: { memory: Memory } });
      readonly exports: object;
    }
  }
}

export {};
