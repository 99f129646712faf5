//! How much of each order filled, as far as was heard: what is known already need not be asked for.

use std::collections::{HashMap, VecDeque};

use aicoin_domain::{OrderId, Size};

/// The newest orders, so many of them.
#[derive(Debug)]
pub(crate) struct Filled {
    sizes: HashMap<OrderId, Size>,
    order: VecDeque<OrderId>,
    max: usize,
}

impl Filled {
    /// Remembers up to `max` orders.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            sizes: HashMap::new(),
            order: VecDeque::new(),
            max: max.max(1),
        }
    }

    /// Counts a fill. Each is given once.
    pub(crate) fn add(&mut self, order: OrderId, size: Size) {
        if let Some(sum) = self.sizes.get_mut(&order) {
            *sum = sum.saturating_add(size);
            return;
        }
        if self.order.len() == self.max
            && let Some(oldest) = self.order.pop_front()
        {
            self.sizes.remove(&oldest);
        }
        self.order.push_back(order);
        self.sizes.insert(order, size);
    }

    /// The sum of an order's fills that were heard of: it may have more.
    pub(crate) fn of(&self, order: OrderId) -> Size {
        self.sizes.get(&order).copied().unwrap_or(Size::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_of_an_order_are_summed_and_the_oldest_order_is_forgotten_first() {
        let size = |text: &str| text.parse::<Size>().unwrap();
        let mut filled = Filled::new(2);
        filled.add(OrderId(1), size("0.1"));
        filled.add(OrderId(2), size("5"));
        filled.add(OrderId(1), size("0.2"));
        assert_eq!(
            [1, 2, 3].map(|order| filled.of(OrderId(order))),
            [size("0.3"), size("5"), Size::ZERO]
        );
        filled.add(OrderId(3), size("1"));
        assert_eq!(
            [1, 2, 3].map(|order| filled.of(OrderId(order))),
            [Size::ZERO, size("5"), size("1")]
        );
    }
}
