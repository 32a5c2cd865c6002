import { Injectable, type Type } from '@nestjs/common';

export interface Subject {
  run(figure: number): number | Promise<number>;
}

const bare: MethodDecorator = () => {};

/** A provider whose method takes about a nanosecond, and can't be left out. */
export function subjectClass(isAsync: boolean, decorate: MethodDecorator = bare): Type<Subject> {
  return isAsync ? asyncClass(decorate) : syncClass(decorate);
}

function syncClass(decorate: MethodDecorator): Type<Subject> {
  @Injectable()
  class SyncSubject {
    @decorate
    run(figure: number): number {
      return (Math.imul(figure, 31) + 7) | 0;
    }
  }
  return SyncSubject;
}

function asyncClass(decorate: MethodDecorator): Type<Subject> {
  @Injectable()
  class AsyncSubject {
    @decorate
    async run(figure: number): Promise<number> {
      return (Math.imul(figure, 31) + 7) | 0;
    }
  }
  return AsyncSubject;
}
