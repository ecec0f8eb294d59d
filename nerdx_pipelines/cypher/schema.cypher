// What identifies a node. Must precede the first node of a label: the embedded engine
// fixes the types of indexed properties by the data it finds.
CREATE CONSTRAINT user_key IF NOT EXISTS FOR (n:User) REQUIRE n.shopify_id IS UNIQUE;
CREATE CONSTRAINT product_key IF NOT EXISTS FOR (n:Product) REQUIRE n.shopify_id IS UNIQUE;
CREATE CONSTRAINT purchase_key IF NOT EXISTS FOR (n:Purchase) REQUIRE n.purchase_id IS UNIQUE;
CREATE CONSTRAINT content_key IF NOT EXISTS FOR (n:Content) REQUIRE n.content_id IS UNIQUE;
CREATE CONSTRAINT taste_key IF NOT EXISTS FOR (n:Taste) REQUIRE n.taste_id IS UNIQUE;
CREATE CONSTRAINT graph_key IF NOT EXISTS FOR (n:NerdxGraph) REQUIRE n.id IS UNIQUE
