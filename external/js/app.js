// The heading is hidden as soon as the document is ready, centred, and faded in.
// A reader without scripts keeps a plain, visible heading: nothing in the stylesheet hides it.
jQuery(function ($) {
  $('h1').hide().css('text-align', 'center').fadeIn();
});
