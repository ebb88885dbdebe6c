"""the embedded model's recipe: data, model, training, export."""
