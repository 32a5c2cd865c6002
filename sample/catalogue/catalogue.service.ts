import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Timed } from 'nestjs-prometheus-exporter';
import type { Product } from './product.js';

const PRODUCTS: readonly Product[] = [
  { id: 'b1', title: 'The Sea at Night', price: 1290 },
  { id: 'b2', title: 'A Field Guide to Rivers', price: 2450 },
  { id: 'b3', title: 'Night Trains', price: 990 },
  { id: 'b4', title: 'Bread, Slowly', price: 3100 },
];

@Injectable()
export class CatalogueService {
  /** Reads the whole index, so its slow end matters more than its mean. */
  @Timed('catalogue_search_seconds', {
    help: 'Seconds that a search in the catalogue takes',
    type: 'summary',
    percentiles: [0.5, 0.9, 0.99],
  })
  async search(words = ''): Promise<readonly Product[]> {
    await wait(2 + PRODUCTS.length);
    return PRODUCTS.filter(({ title }) => title.toLowerCase().includes(words.toLowerCase()));
  }

  find(id: string): Product | undefined {
    return PRODUCTS.find((product) => product.id === id);
  }
}
