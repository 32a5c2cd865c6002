import { Controller, Get, NotFoundException, Param, Query } from '@nestjs/common';
import { CatalogueService } from './catalogue.service.js';
import type { Product } from './product.js';

/** Has no decorators: its requests are in the HTTP metrics all the same. */
@Controller('products')
export class CatalogueController {
  constructor(private readonly catalogue: CatalogueService) {}

  @Get()
  search(@Query('q') words?: string): Promise<readonly Product[]> {
    return this.catalogue.search(words);
  }

  @Get(':id')
  find(@Param('id') id: string): Product {
    const product = this.catalogue.find(id);
    if (!product) {
      throw new NotFoundException(`There is no product ${id}`);
    }
    return product;
  }
}
