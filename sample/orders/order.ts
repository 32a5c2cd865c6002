export interface OrderRequest {
  product: string;
  quantity: number;
  card: string;
}

export interface Order {
  id: number;
  product: string;
  quantity: number;
  /** In cents. */
  total: number;
  shipped: boolean;
}
