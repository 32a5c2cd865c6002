export interface Product {
  id: string;
  title: string;
  /** In cents. */
  price: number;
}
