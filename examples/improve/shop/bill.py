from shop.cart import Cart


def bill(prices):
    cart = Cart()
    for price in prices:
        cart.add(price, 2)
    return cart.total()
